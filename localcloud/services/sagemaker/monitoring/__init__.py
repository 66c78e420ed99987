"""Model Monitor: data quality jobs, their schedules, and runs when somebody asks for one."""
