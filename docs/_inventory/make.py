"""Make python.inv, the few names of Python's documentation that these pages link.

    python docs/_inventory/make.py

It reads NAMES below and nothing else: no network. Each line is what Python's own objects.inv has:
role, page and name. When a build says "reference target not found" for a name of Python's, add it
here, look its page up at https://docs.python.org/3/, and run this again.
"""

from pathlib import Path

from sphobjinv import DataObjStr, Inventory, compress, writebytes

NAMES = """
class      functions  int
class      stdtypes   str
class      stdtypes   tuple
class      stdtypes   dict
class      functions  object
class      functions  bool
exception  exceptions AssertionError
exception  exceptions LookupError
exception  exceptions OSError
exception  exceptions ResourceWarning
exception  exceptions TypeError
exception  exceptions ValueError
class      enum       enum.IntEnum
class      enum       enum.IntFlag
class      os         os.PathLike
function   json       json.dumps
module     ctypes     ctypes
class      collections.abc collections.abc.Iterable
"""


def main() -> None:
    inventory = Inventory()
    inventory.project = "Python"
    inventory.version = "3"
    for line in NAMES.split("\n"):
        if line:
            role, page, name = line.split()
            anchor = "module-$" if role == "module" else "$"
            inventory.objects.append(
                DataObjStr(
                    name=name,
                    domain="py",
                    role=role,
                    priority="1",
                    uri=f"library/{page}.html#{anchor}",
                    dispname="-",
                )
            )
    path = Path(__file__).with_name("python.inv")
    writebytes(path, compress(inventory.data_file(contract=True)))


if __name__ == "__main__":
    main()
