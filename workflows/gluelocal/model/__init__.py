"""What a template defines: workflows, triggers, jobs, crawlers and schedules, and Glue's rules for them."""
