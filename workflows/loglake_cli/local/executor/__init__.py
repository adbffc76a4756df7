"""What Glue does: carries out the engine's commands, jobs in processes of their own."""
