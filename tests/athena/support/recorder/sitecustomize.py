"""Records the AWS calls of a Python process that has this folder on its PYTHONPATH, functions of the emulator included.

Python imports a module of this name when it starts. The variable RECORDED_CALLS names the file; a function is known by
its name, and any other process by RECORDED_AS. Without these, nothing is recorded.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FILE = os.environ.get("RECORDED_CALLS")
_WHO = os.environ.get("RECORDED_AS") or os.environ.get("AWS_LAMBDA_FUNCTION_NAME")


def _record(params: dict[str, Any], model: Any, **_: Any) -> None:
    call = {"who": _WHO, "service": model.service_model.signing_name, "operation": model.name, "parameters": params}
    with Path(str(_FILE)).open("a", encoding="utf-8") as file:
        # bodies of objects and records are not needed, and no JSON
        file.write(json.dumps(call, default=lambda _: None) + "\n")


if _FILE and _WHO:
    from botocore.session import Session

    _original = Session.__init__

    def _init(self: Any, *arguments: Any, **options: Any) -> None:
        _original(self, *arguments, **options)
        # of all events of a call, this one has the parameters as they were given
        self.register("before-parameter-build", _record)

    Session.__init__ = _init  # type: ignore[method-assign]
