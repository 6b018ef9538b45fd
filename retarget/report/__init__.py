"""The retargeting report: figures, pictures, one HTML file."""
