from loglake.entrypoints.look_landing import main

main()
