"""What an import came to."""

from __future__ import annotations


def outcome(report):
    return report.imported, report.unchanged, [(fault.line, fault.problem) for fault in report.faults]
