"""deployType DOCKER and DOCKER COMPOSE."""
