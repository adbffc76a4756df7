"""What a pool of processes does on one machine: run the kernels on all of its cores, without a JVM."""
