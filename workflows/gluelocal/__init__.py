"""An AWS on this machine that runs Glue workflows: templates, triggers, jobs, crawlers, roles and Athena."""
