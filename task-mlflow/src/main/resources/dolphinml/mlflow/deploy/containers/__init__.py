# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deployments in containers: the engine's command line, the images, and the containers and network of one deployment."""
