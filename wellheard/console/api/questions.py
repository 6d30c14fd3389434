"""Questions about behaviour over the API."""

from ninja import Router

router = Router()
