"""What typed sending costs beside dicts through boto3: every figure a ratio, both sides against one server, on one machine."""
