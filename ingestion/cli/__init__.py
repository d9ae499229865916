"""The command `shoplake`: one file a command, and what commands share (options, progress, output).

The edge where clock, environment and terminal come in, and the only room that imports typer or rich. May import every
room; none imports it. A command's work is done in its room, so that handlers, tests and benchmarks can use it.
"""
