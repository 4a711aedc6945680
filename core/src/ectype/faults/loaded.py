"""A paper that is loaded once, and then runs with this or that fault in forks of the process."""

from __future__ import annotations

import gc

from ectype import plugins
from ectype.faults.scope import Module, modules
from ectype.faults.seeding import Fault
from ectype.faults.serving import Server
from ectype.faults.tracing import Trace
from ectype.plugins import Entry
from ectype.tasks import Task, Tasks, checks_of, load


class Loaded:
    """The modules, the declarations and the checks of a paper.

    Args:
        entry: the paper, whose package is not loaded yet.

    Raises:
        EctypeError: if it cannot be loaded.
    """

    def __init__(self, entry: Entry) -> None:
        assert entry.package is not None
        self.entry = entry
        self.modules: dict[str, Module] = modules(entry.module, entry.package)
        with Trace(str(module.file) for module in self.modules.values()) as trace:
            self.paper = load(entry)
        self.run_on_import = trace.lines
        self.checks = checks_of(plugins.manager())
        self.tasks = self._tasks()
        self.server = Server(self.modules)
        gc.collect()
        gc.freeze()  # keeps the pages that forks share

    def tasks_again(self) -> dict[str, Task]:
        """Load the package again, as it is, and return its checks by id. For a fork: it leaves another package behind."""
        self.server.serve({})
        self.paper = load(self.entry)
        return self._tasks()

    def tasks_with(self, fault: Fault, module: Module) -> dict[str, Task]:
        """Plant a fault and return the checks by id. For a fork: it leaves another package behind."""
        code = self.server.code(module.name, fault.plant(module.source))
        if not self.is_run_on_import(fault, module) and self.server.exchange(module.name, code):
            return self.tasks
        self.server.serve({module.name: code})
        self.paper = load(self.entry)
        return self._tasks()

    def is_run_on_import(self, fault: Fault, module: Module) -> bool:
        """Return whether the import runs the line of a fault, so that its effect may be anywhere."""
        return fault.on_import or fault.is_run(self.run_on_import.get(str(module.file), set()))

    def _tasks(self) -> dict[str, Task]:
        return {task.id: task for task in Tasks(self.entry, self.paper, self.checks).collect()}
