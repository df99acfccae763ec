"""Reports of messages: their rows in SQL, and the queue of the server's moderators over HTTP.

Beside it: what opens a room that nobody reads along in, for administrators.

Owns the tables `report` and `report_voice` (declared beside those of rooms). Decides no right:
`runtime/archive/reports` and `Callers` do.

Walk: `room:report` → `Reports.file` → `rows.SqlReportRows.add`; `GET /api/admin/reports` → `queue.ReportQueue.list`.
Shown by tests/e2e/test_reports.py.
"""
