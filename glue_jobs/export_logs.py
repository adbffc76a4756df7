from loglake.entrypoints.export_logs import main

main()
