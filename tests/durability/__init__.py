"""What the house promises to keep, kept: servers killed, disks full, power lost (SAFETY 4: R1, R2, R3, R10, R11)."""
