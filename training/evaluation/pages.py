"""HTML pages of evaluations, made from the templates that lie here."""

from typing import Any

import jinja2


def page(template: str, **values: Any) -> str:
    """A page as text; it needs neither network nor other files.

    Args:
        template: File beside this one.
        values: That it shows; one that it asks for in vain is an error.
    """
    loader = jinja2.PackageLoader("training.evaluation", "")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = _number
    return environment.get_template(template).render(**values)


def _number(value: float | None, digits: int = 2, scale: float = 1.0) -> str:
    return "–" if value is None else f"{value * scale:,.{digits}f}"
