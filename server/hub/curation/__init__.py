"""Who comes in and who goes: applications, admission, refusal, removal, withdrawal."""
