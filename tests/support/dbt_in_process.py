"""dbt in this process, for tests that run it hundreds of times.

A run here sends the same statements as `dbt` in a process of its own, at less than half of the processor time:

- No start-up, and no parsing: the project is parsed once per environment and variables. Each run gets its own copy of
  the manifest, because dbt and the project's macros write to it; macros, to which nobody writes, are shared.
- Within a run, each thread keeps the context of a macro that the adapter calls. dbt builds one for every call, with an
  object for each of 600 macros, and an incremental model makes five calls.
- A text is parsed by Jinja once: dbt parses every macro of its packages twice whenever it reads a project, and tests
  read a hundred copies of this one.
- A template is compiled once, and the tester of dbt's result types is built once; dbt builds 100 in a run.
- Log events stay empty and go nowhere (--warn-error would raise them without their text). A test of what dbt prints
  starts a process.
- The garbage collector passes over what the parsed project and the imported modules hold, and starts less often.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from dbt.cli import requires
from dbt.cli.main import dbtRunner
from dbt.context.providers import generate_runtime_macro_context
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import template_cache
from dbt_common.events import base_types
from dbt_common.events.event_manager import EventManager
from jinja2 import Environment

from tests.support.paths import ROOT

_TEMPLATES: dict[object, Any] = {}
_PARSED: dict[object, Any] = {}
# frozen objects would be reported as leaks when the interpreter ends
atexit.register(gc.unfreeze)
gc.set_threshold(50_000, 20, 50)


class DbtError(Exception):
    """A dbt command that failed; the message is dbt's error."""


class InProcessDbt:
    """Runs dbt commands on the project; parses it again only for variables or an environment that are new."""

    def __init__(self) -> None:
        self._manifests: dict[object, tuple[bytes, dict[str, Any]]] = {}

    def run(
        self,
        command: str,
        *arguments: str,
        options: Sequence[str],
        variables: str,
        environment: Mapping[str, str],
    ) -> Any:
        """The result of a command, or DbtError. `options` are those of every command, such as --profiles-dir."""
        common = [*options, "--vars", variables]
        with surroundings(environment), kept_objects(), _no_events():
            key = (tuple(common), tuple(sorted(environment.items())))
            if key not in self._manifests:
                self._manifests[key] = _state(_invoke(None, ["parse", *common]))
                gc.collect()
                gc.freeze()
            copied, shared = self._manifests[key]
            manifest = Manifest(**pickle.loads(copied), **shared)
            if command == "parse":
                return manifest
            return _invoke(manifest, [command, *arguments, *common])


def _state(manifest: Manifest) -> tuple[bytes, dict[str, Any]]:
    """A manifest without its lock and lookups, which dbt makes again: a copy, and what is shared by all runs.

    Manifest.__reduce_ex__ mixes up its fields.
    """
    state = {field.name: getattr(manifest, field.name) for field in fields(manifest) if not field.name.startswith("_")}
    shared = {name: state.pop(name) for name in ("macros", "docs", "files")}
    return pickle.dumps(state), shared


def _invoke(manifest: Manifest | None, arguments: list[str]) -> Any:
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-use-colors"]
    result = dbtRunner(manifest=manifest).invoke([*quiet, *arguments])
    if not result.success:
        failures = [
            f"{run.node.name}: {run.message}"
            for run in getattr(result.result, "results", [])
            if run.status not in ("success", "pass", "skipped")
        ]
        raise DbtError(str(result.exception or failures))
    return result.result


@contextmanager
def surroundings(environment: Mapping[str, str]) -> Iterator[None]:
    """The environment and working directory of a dbt command."""
    before, folder = dict(os.environ), Path.cwd()
    os.environ.update(environment)
    os.chdir(ROOT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        os.chdir(folder)


@contextmanager
def kept_objects() -> Iterator[None]:
    """Within a run, what dbt would build again for every call of a macro."""
    with _kept_contexts(), _kept_parsed_texts(), _kept_templates(), _kept_type_testers():
        yield


@contextmanager
def _kept_contexts() -> Iterator[None]:
    """One context per thread, macro and package, until the end of the run. The adapter never changes a context."""
    build = generate_runtime_macro_context
    contexts: dict[object, dict[str, Any]] = {}

    def kept(macro: Any, config: Any, manifest: Any, package: str | None) -> dict[str, Any]:
        key = (threading.get_ident(), macro.unique_id, package)
        if key not in contexts:
            contexts[key] = build(macro, config, manifest, package)
        return contexts[key]

    with mock.patch.object(requires, "generate_runtime_macro_context", kept):
        yield


@contextmanager
def _kept_parsed_texts() -> Iterator[None]:
    """For dbt's search for macros and their calls, which only reads what Jinja parsed."""
    build = Environment.parse

    def kept(self: Environment, source: str, name: str | None = None, filename: str | None = None) -> Any:
        return _once(_PARSED, self, (source, name, filename), lambda: build(self, source, name, filename))

    with mock.patch.object(Environment, "parse", kept):
        yield


@contextmanager
def _kept_templates() -> Iterator[None]:
    """Compiled code depends on the template, the class of dbt's environment and its extensions, and on nothing else."""
    build = Environment.compile

    def kept(self: Environment, source: Any, name: str | None = None, filename: str | None = None, **how: Any) -> Any:
        if not isinstance(source, str) or how:
            return build(self, source, name, filename, **how)
        return _once(_TEMPLATES, self, (source, name, filename), lambda: build(self, source, name, filename))

    with mock.patch.object(Environment, "compile", kept):
        yield


def _once(made: dict[object, Any], environment: Environment, text: tuple[object, ...], make: Callable[[], Any]) -> Any:
    key = (type(environment), tuple(environment.extensions), *text)
    if key not in made:
        if len(made) > 5_000:
            made.clear()
        made[key] = make()
    return made[key]


def compile_templates(manifest: Manifest) -> None:
    """Compile every macro now, for processes that are forked from this one."""
    with _kept_templates():
        for macro in manifest.macros.values():
            template_cache.get_node_template(macro)


@contextmanager
def _kept_type_testers() -> Iterator[None]:
    build = cache(agate_helper.build_type_tester)

    def kept(text_columns: Any, string_null_values: Any = ("null", "")) -> Any:
        return build(tuple(text_columns), tuple(string_null_values))

    with mock.patch.object(agate_helper, "build_type_tester", kept):
        yield


@contextmanager
def _no_events() -> Iterator[None]:
    fire = EventManager.fire_event

    def fire_if_forced(
        self: EventManager, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
    ) -> None:
        if force_warn_or_error_handling:
            fire(self, e, level, node, force_warn_or_error_handling=True)

    with (
        mock.patch.object(EventManager, "fire_event", fire_if_forced),
        mock.patch.object(base_types, "ParseDict", lambda fields, message: message),
    ):
        yield
