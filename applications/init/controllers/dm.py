"""/init/dm/...: the collector's menu of data management, as far as it is about registries."""

from applications.init.modules.registries.web2py import pages, serve_below


def index():
    """Below /data_action_add_docker_registry: the page that declares a registry."""
    serve_below({"/data_action_add_docker_registry": pages.add_registry})
