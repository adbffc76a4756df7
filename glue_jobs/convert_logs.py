from loglake.entrypoints.convert_logs import main

main()
