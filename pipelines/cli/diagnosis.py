"""`motion doctor`: what is installed, what is missing, what each missing thing would give."""

from dataclasses import dataclass

from pipelines.cli.terminal import note, show_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Say what is installed, what is missing, and what each missing thing would give.

    Interpreter, packages, torch's build and threads, CUDA, optional packages, MOTION_HOME with its
    size, environment variables. Exit status 1 only if something is missing that the workbench needs.
    """

    def run(self) -> int:
        """Look; 1 if something needed is missing."""
        from pipelines.doctor import examine

        findings = examine()
        for number, area in enumerate(dict.fromkeys(each.area for each in findings)):
            if number:
                print()
            rows = [
                {
                    "name": f"{'! ' if each.needed else ''}{each.name}",
                    "found": each.found,
                    "remark": each.advice,
                }
                for each in findings
                if each.area == area
            ]
            show_table(area, rows)
        broken = [each.name for each in findings if each.needed]
        if broken:
            note(f"to be mended: {', '.join(broken)}")
            return 1
        note("nothing that is needed is missing")
        return 0
