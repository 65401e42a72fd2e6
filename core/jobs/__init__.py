"""A job queue in the SQL database. A broker only wakes workers up; what has to be done stands here."""
