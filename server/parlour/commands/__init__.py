"""Commands: what `parlour <name>` does, one file for each.

Owns the command line: options, output, exit codes, and one line for whatever the user can mend. Decides nothing about
rooms, chains or accounts; a command calls the part that does.

Walk: `cli.COMMANDS` lists names and help; `cli.load` imports `commands/<name>.py` when it is called and runs its
`app`; `options.settings_with` reads the settings; `outcome.run` runs the work and `outcome.fail` ends it.
Shown by tests/commands/test_cli.py.
"""
