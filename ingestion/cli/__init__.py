"""The command `shoplake`: one file per command, and what the commands share (options, progress, output).

Only this room reads the clock, the environment and the terminal, and only it imports typer and rich. It may import every
room; none imports it. The work of a command is in another room, where handlers, tests and benchmarks can use it too.
"""
