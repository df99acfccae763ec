from parlour.commands.cli import main

main()
