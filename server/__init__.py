"""How the application is served: framework loading, the WSGI door, gunicorn."""
