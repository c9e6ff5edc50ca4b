"""File systems: network ones are refused by what the kernel says of the mounts."""

from pathlib import Path

import pytest

from headrace.journal.errors import UnusableHome
from headrace.journal.volumes import refuse_network

MOUNTS = r"""
22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:30 / /home rw,relatime shared:2 - nfs4 files:/home rw,vers=4.2
31 30 0:31 / /home/ada/local rw,relatime - xfs /dev/vdb rw
32 22 0:32 / /mnt/share\040of\040us rw,relatime - cifs //host/share rw
33 22 0:33 / /mnt/remote rw,relatime - fuse.sshfs host: rw
34 22 0:34 / /mnt/twice rw,relatime - nfs files:/twice rw
35 22 0:35 / /mnt/twice rw,relatime - tmpfs tmpfs rw
a line that is none
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", None),
        ("/homes", None),
        ("/home", "nfs4"),
        ("/home/ada/.headrace", "nfs4"),
        ("/home/ada/local", None),
        ("/home/ada/local/.headrace", None),
        ("/home/ada/localities", "nfs4"),
        ("/mnt/share of us/home", "cifs"),
        ("/mnt/remote", "fuse.sshfs"),
        ("/mnt/twice/home", None),
    ],
)
def test_the_innermost_mount_decides(tmp_path: Path, folder: str, kind: str | None) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    if kind is None:
        refuse_network(folder, str(mounts))
        return
    with pytest.raises(UnusableHome, match=kind) as caught:
        refuse_network(folder, str(mounts))
    assert "HEADRACE_HOME" in str(caught.value)


def test_a_link_to_a_network_folder_is_followed(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:21 / {tmp_path / 'far'} rw - nfs files:/ rw\n")
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    with pytest.raises(UnusableHome):
        refuse_network(str(tmp_path / "near" / "home"), str(mounts))


def test_a_system_without_mountinfo_refuses_nothing(tmp_path: Path) -> None:
    refuse_network("/home", str(tmp_path / "missing"))


def test_this_machine_takes_a_journal(tmp_path: Path) -> None:
    refuse_network(str(tmp_path))
