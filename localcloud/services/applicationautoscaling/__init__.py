"""Application Auto Scaling: moto keeps targets and policies; nothing scales by itself."""
