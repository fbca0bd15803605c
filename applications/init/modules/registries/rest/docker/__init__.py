"""The docker objects of the API: registries, repositories, tags."""
