"""The settings in force here, and changing them for a while."""

from headrace.settings._reading import get_current_settings, temporary_settings

__all__ = ["get_current_settings", "temporary_settings"]
