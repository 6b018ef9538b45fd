"""Dagster's web server, which also hands out the reports: what `make ui` starts in its place."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from assets.cards import card
from assets.links import PLOTS_URL, served_folders

if TYPE_CHECKING:
    from starlette.types import Scope

_HEADERS = {
    # a page is its own file: it loads nothing, sends nothing, and may not ask Dagster for anything
    "Content-Security-Policy": (
        "default-src 'none'; img-src data: 'self'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # the next run writes another report to the same address
    "Cache-Control": "no-cache",
}
_CARD = re.compile(r"[^/.][^/]*/[^/.-]+\.svg")
_log = logging.getLogger(__name__)


class ReadOnly(StaticFiles):
    """Files below a folder, to be read and nothing else."""

    async def get_response(self, path: str, scope: "Scope") -> Response:
        """The file at a path, with headers that keep a page to itself.

        Raises:
            HTTPException: 404: nothing there, or nothing that people are meant to see; 405: neither
                GET nor HEAD.
        """
        if any(part.startswith(".") for part in Path(path).parts):
            raise HTTPException(status_code=404)  # temporary files of writers
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response


class Plots(ReadOnly):
    """Plots and cards; the card of an asset that was never made says so on its page."""

    async def get_response(self, path: str, scope: "Scope") -> Response:
        """The file at a path; see `ReadOnly`.

        Raises:
            HTTPException: See `ReadOnly`.
        """
        try:
            return await super().get_response(path, scope)
        except HTTPException:
            if not _CARD.fullmatch(path) or scope["method"] != "GET":
                raise
            return Response(card("Not made yet."), media_type="image/svg+xml", headers=_HEADERS)


def served_mounts() -> list[Mount]:
    """The folders that are served as routes; made if they are not there."""
    mounts = []
    for url, folder in served_folders().items():
        folder.mkdir(parents=True, exist_ok=True)
        files = Plots if url == PLOTS_URL else ReadOnly
        mounts.append(Mount(url, files(directory=folder)))
    return mounts


def with_reports(create: Callable[..., Starlette]) -> Callable[..., Starlette]:
    """A function that makes Dagster's web application and puts reports and plots before its own routes."""

    def create_with_reports(*args: Any, **named: Any) -> Starlette:
        app = create(*args, **named)
        app.router.routes[:0] = served_mounts()
        return app

    return create_with_reports


def main() -> None:
    """Dagster's own command with its own arguments; only the application is extended."""
    from dagster_webserver import cli

    name = "create_app_from_workspace_process_context"
    if create := getattr(cli, name, None):
        setattr(cli, name, with_reports(create))
    else:
        _log.warning("this version of Dagster cannot serve reports; open them as files")
    cli.main()


if __name__ == "__main__":
    main()
