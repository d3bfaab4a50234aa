"""What leaves the dashboard: a run as report, table, badge, test result, summary, archive and export."""
