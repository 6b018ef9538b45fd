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
from assets.links import REPORTS_URL, reports_folder
from assets.presentation import PLOTS

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
_log = logging.getLogger(__name__)


class Reports(StaticFiles):
    """Files below the folder of reports, to be read and nothing else."""

    async def get_response(self, path: str, scope: "Scope") -> Response:
        """The file at a path, with headers that keep a page to itself.

        Raises:
            HTTPException: 404: nothing there, or nothing that people are meant to see; 405: neither
                GET nor HEAD.
        """
        if any(part.startswith(".") for part in Path(path).parts):
            raise HTTPException(status_code=404)  # temporary files of writers
        try:
            response = await super().get_response(path, scope)
        except HTTPException:
            # the card of an asset that was never made: its page shows it all the same
            if not re.fullmatch(rf"[^/]+/{PLOTS}/[^/-]+\.svg", path) or scope["method"] != "GET":
                raise
            response = Response(card("Not made yet."), media_type="image/svg+xml")
        response.headers.update(_HEADERS)
        return response


def reports_mount() -> Mount:
    """The folder of reports as a route; made if it is not there."""
    folder = reports_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return Mount(REPORTS_URL, Reports(directory=folder), name="reports")


def with_reports(create: Callable[..., Starlette]) -> Callable[..., Starlette]:
    """A function that makes Dagster's web application and puts the reports before its own routes."""

    def create_with_reports(*args: Any, **named: Any) -> Starlette:
        app = create(*args, **named)
        app.router.routes.insert(0, reports_mount())
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
