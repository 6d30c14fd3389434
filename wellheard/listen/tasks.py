"""Background work of listening."""

from django_tasks import task

from .services import imports


@task()
def store_import(import_id: int) -> None:
    imports.run(import_id)
