from __future__ import annotations
from pathlib import Path
from tests.infra.conftest import Shoplake

def test_x(shoplake: Shoplake, zips: Path) -> None:
    for c in (("deploy","--arch","x86_64","--zips",zips,"--dry-run"),("deploy","--arch","x86_64","--zips",zips,"--empty-bucket-on-destroy"),("status",),("start",),("deploy","--zips",zips),("stop",),("env",),("destroy","--yes")):
        d = shoplake(*c)
        print(c, d.returncode); print(d.stdout[-9000:]); print(d.stderr[-3000:])
    assert 0
