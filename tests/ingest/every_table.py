"""Good rows of every table that can be imported, in an order in which each finds what it needs."""

from collections.abc import Mapping, Sequence

from ingest.tables import TableName

SARI, BUDI, NEW = "198001012006041001", "198506152010011002", "199001012015011003"
Rows = Sequence[Mapping[str, object]]

SAMPLES: Mapping[TableName, Rows] = {
    "units": [
        {"code": "P", "name": "Pusat", "parent": "", "time_zone": "Asia/Jakarta", "rulebook": "kemenag-2014"},
        {"code": "C", "name": "Cabang", "parent": "P", "time_zone": "Asia/Jayapura", "rulebook": "kemenag-2014"},
    ],
    "employees": [
        {"nip": SARI, "name": "Sari", "unit": "P", "class": 7},
        {"nip": BUDI, "name": "Budi", "unit": "C", "class": None},
        {"nip": NEW, "name": "Dewi", "unit": "C", "class": 9},
    ],
    "heads": [
        {"unit": "P", "from": "2026-01-01", "nip": SARI},
        {"unit": "C", "from": "2026-01-01", "nip": ""},
    ],
    "absences": [
        {"nip": BUDI, "document": "800/1", "kind": "annual", "from": "2026-01-05", "until": "2026-01-06"},
        {"nip": NEW, "document": "800/2", "kind": "annual", "from": "2026-01-05", "until": "2026-01-05"},
    ],
    "exits": [
        {"nip": BUDI, "date": "2026-01-07", "left": "10:00", "returned": "11:30"},
        {"nip": BUDI, "date": "2026-01-07", "left": "13:00", "returned": "13:30", "document": "ST/7"},
    ],
    "corrections": [
        {
            "nip": BUDI, "date": "2026-01-07", "scan": "in", "time": "07:25", "document": "ND/1", "reason": "forgotten",
        },
        {
            "nip": BUDI, "date": "2026-01-07", "scan": "out", "time": "16:00", "document": "ND/2",
            "reason": "terminal_broken", "shift": 2,
        },
    ],
    "assemblies": [
        {"unit": "P", "date": "2026-01-12", "name": "Apel", "presence": "punch", "from": "07:00", "until": "07:30"},
        {"unit": "P", "date": "2026-01-19", "name": "Upacara", "presence": "list"},
    ],
    "attended": [
        {"unit": "P", "date": "2026-01-19", "name": "Upacara", "nip": SARI},
        {"unit": "P", "date": "2026-01-19", "name": "Upacara", "nip": BUDI, "present": False},
    ],
    "grades": [
        {"nip": SARI, "from": "2026-01-01", "grade": "III/c"},
        {"nip": BUDI, "from": "2026-01-01", "grade": "II"},
    ],
    "classes": [
        {"nip": SARI, "from": "2026-01-01", "class": 9, "candidate": False},
        {"nip": BUDI, "from": "2026-01-01", "class": "7", "candidate": True},
    ],
    "plans": [
        {"owner": "P", "year": 2026, "reference": "U1", "title": "Layanan", "kind": "main", "measure": "%",
         "target": 100},
        {
            "owner": BUDI, "year": 2026, "reference": "1", "title": "Laporan", "kind": "main", "measure": "laporan",
            "target": 12, "serves_owner": "P", "serves": "U1", "01": 1, "02": 2.5,
        },
    ],
    "catalogue": [
        {"code": "L1", "title": "Laporan", "measure": "laporan", "norm_minutes": 90, "weight": 2.5},
        {"code": "L2", "title": "Rapat", "measure": "rapat", "norm_minutes": 60, "weight": 1},
    ],
    "activities": [
        {
            "nip": BUDI, "reference": "A1", "date": "2026-01-08", "title": "Laporan", "volume": 1, "weight": None,
            "status": "verified", "catalogue": "L1", "plan": "1", "kind": "main", "submitted_on": "2026-01-09",
            "decided_on": "2026-01-10", "decided_by": SARI,
        },
        {
            "nip": BUDI, "reference": "A2", "date": "2026-01-09", "title": "Rapat", "volume": "1,5", "weight": 1,
            "status": "returned", "reason": "bukti kurang",
        },
    ],
    "deadlines": [
        {"unit": "P", "from": "2026-01-01", "submit_days": 3, "decide_days": None},
        {"unit": "C", "from": "2026-02-01", "submit_days": None, "decide_days": 7},
    ],
    "targets": [
        {"nip": BUDI, "period": "2026-01", "points": 50},
        {"nip": BUDI, "period": "2026-02", "points": 60},
    ],
    "ratings": [
        {"nip": BUDI, "rater": SARI, "period": "2026-01", "role": "superior", "value": 90},
        {"nip": BUDI, "rater": NEW, "period": "2026-01", "role": "peer", "value": "100,5"},
    ],
    "evaluations": [
        {"nip": BUDI, "period": "2026-Q1", "result": "above", "behaviour": "as expected", "new_idea": True},
        {"nip": NEW, "period": "2026-Q1", "result": "", "behaviour": "", "new_idea": "no"},
    ],
    "predicates": [
        {"unit": "P", "period": "2026", "predicate": "Baik"},
        {"unit": "C", "period": "2026", "predicate": "Istimewa"},
    ],
    "decisions": [
        {"nip": BUDI, "period": "2026-01", "kind": "payment", "document": "SPM 1", "date": "2026-02-02"},
        {"nip": NEW, "period": "2026", "kind": "reward", "document": "800/7", "date": "2027-01-10", "withdrawn": True},
    ],
    "shifts": [
        {"code": "M", "name": "Malam", "start": "21:00", "end": "07:00"},
        {"code": "X", "name": "Pagi", "start": "06:00", "end": "13:00", "in_from": "05:00"},
    ],
    "rosters": [
        {"nip": BUDI, "unit": "", "date": "2026-01-20", "shifts": "M"},
        {"nip": "", "unit": "C", "date": "2026-01-21", "shifts": "-"},
    ],
    "weeks": [
        {
            "unit": unit, "from": "2026-03-01", "monday": "X", "tuesday": "X", "wednesday": "X", "thursday": "X",
            "friday": "X", "saturday": "X", "sunday": "-",
        }
        for unit in ("P", "C")
    ],
}  # fmt: skip
