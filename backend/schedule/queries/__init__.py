"""SQL of schedules: `facts` for the engine, `calendars` for hours, dates, time off and closures, `touched` visits."""
