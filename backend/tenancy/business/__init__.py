"""A whole business from and to one YAML file: `load_business`, `apply_business`, `dump_business`."""

from backend.tenancy.business.dump import dump_business
from backend.tenancy.business.parse import load_business
from backend.tenancy.business.service import ImportResult, apply_business
from backend.tenancy.business.structs import Business

__all__ = ["Business", "ImportResult", "apply_business", "dump_business", "load_business"]
