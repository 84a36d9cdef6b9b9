"""The ways out that a client with a directory sends by, as settings."""

from pinpoint_users.routes.ses import SES, ListManagementOptions

__all__ = ["SES", "ListManagementOptions"]
