"""One client's process: ``python -m benchmarks.speed.worker ORDER``.

The order is JSON that says what to do; it prints a line of JSON for each workload, and ends with its standard input.
Nothing of a client is imported before it is known what that client must not find.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import resource
import sys
import threading
import traceback
from typing import Any

from .clients import client_of
from .hiding import hide
from .machine import pin
from .processes import Endpoint
from .workloads import Workload


def _end_with_input() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)  # whoever wanted the figures is gone


def main() -> None:
    """Do it."""
    order = json.loads(sys.argv[1])
    faulthandler.dump_traceback_later(order["seconds"] + 1.0, exit=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    pin(order["core"])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    client = client_of(order["client"])
    hide(client.hides)
    endpoint = Endpoint(**order["endpoint"])
    for fields in order["workloads"]:
        workload = Workload(**{**fields, "figures": tuple(fields["figures"]), "clients": tuple(fields["clients"])})
        told: dict[str, Any] = {"workload": workload.name}
        try:
            module = "imports" if workload.kind == "imports" else client.module
            do = getattr(importlib.import_module(f".{module}", __package__), workload.kind)
            told["figures"] = do(workload, endpoint, client)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other workloads can still be measured
            told["error"] = f"{type(error).__name__}: {error}"
            traceback.print_exc()
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
