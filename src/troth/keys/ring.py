"""A ring of buckets: the keys of one purpose, each with a date of death in its name.

A bucket's public half goes to whoever seals; its private half lies with the custodian alone, and destroying it is what
erases, in backups and logs too. When a few people must die before their bucket does, the bucket gets a new
*generation*: the survivors' data keys move to it, and the old generation is destroyed, so no backup opens for the dead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NewType

from troth.kit.errors import KeyMissing, Refused
from troth.protocol.bucket import bucket_public, new_bucket
from troth.protocol.names import BucketPrivate, BucketPublic

if TYPE_CHECKING:
    from troth.keys.folder import KeyFolder

BucketId = NewType("BucketId", str)
"""`purpose@YYYY-MM-DD.gN`: purpose, date of death, generation."""

_ID: Final = re.compile(r"(?P<purpose>[a-z]+)@(?P<day>\d{4}-\d\d-\d\d)\.g(?P<generation>[1-9]\d{0,5})\Z")
_PRIVATE: Final = "bucket-private"
_PUBLIC: Final = "bucket-public"


@dataclass(frozen=True, order=True)
class Bucket:
    """What a bucket id says."""

    purpose: str
    day: date
    generation: int

    @property
    def id(self) -> BucketId:
        """The id as it stands in rows, file names and certificates."""
        return BucketId(f"{self.purpose}@{self.day.isoformat()}.g{self.generation}")


def read_bucket_id(text: str) -> Bucket:
    """The parts of a bucket id. Raises Refused when it is none."""
    match = _ID.match(text)
    if not match:
        raise Refused("not a bucket id")
    return Bucket(match["purpose"], date.fromisoformat(match["day"]), int(match["generation"]))


class SealingRing:
    """The public halves of one purpose: enough to seal, never to open."""

    def __init__(self, purpose: str, public: KeyFolder) -> None:
        self.purpose = purpose
        self._public = public

    def newest(self, day: date) -> Bucket:
        """The generation that seals for that date of death.

        Raises:
            KeyMissing: there is no bucket of that date.

        """
        found = [bucket for bucket in self.buckets() if bucket.day == day]
        if not found:
            raise KeyMissing(
                f"no bucket {self.purpose}@{day.isoformat()}",
                where=str(self._public.path),
                mend="make the installation with `troth study new`",
            )
        return max(found)

    def buckets(self) -> list[Bucket]:
        """All whose public half is here, oldest death first."""
        names = self._public.names(f"{self.purpose}@")
        return sorted(read_bucket_id(name.removesuffix(".pub")) for name in names if name.endswith(".pub"))

    def public(self, bucket: Bucket) -> BucketPublic:
        """The public half. Raises KeyMissing."""
        return BucketPublic(self._public.get(f"{bucket.id}.pub", _PUBLIC))


class Ring(SealingRing):
    """Both halves: the custodian's ring."""

    def __init__(self, purpose: str, private: KeyFolder, public: KeyFolder) -> None:
        super().__init__(purpose, public)
        self._private = private

    def ensure(self, day: date) -> Bucket:
        """There is a live bucket of that date: the newest generation, made if there was none."""
        found = [bucket for bucket in self.living() if bucket.day == day]
        return self._published(max(found)) if found else self._make(Bucket(self.purpose, day, 1))

    def next_generation(self, bucket: Bucket) -> Bucket:
        """There is a younger generation of the bucket; the same one when asked twice."""
        later = [b for b in self.living() if b.day == bucket.day and b.generation > bucket.generation]
        if later:
            return self._published(min(later))
        return self._make(Bucket(bucket.purpose, bucket.day, bucket.generation + 1))

    def living(self) -> list[Bucket]:
        """All whose private half is here, oldest death first."""
        names = self._private.names(f"{self.purpose}@")
        return sorted(read_bucket_id(name.removesuffix(".key")) for name in names if name.endswith(".key"))

    def private(self, bucket: Bucket) -> BucketPrivate:
        """The private half. Raises KeyMissing: it was destroyed, or never here."""
        return BucketPrivate(self._private.get(f"{bucket.id}.key", _PRIVATE))

    def destroy(self, bucket: Bucket) -> None:
        """Nothing sealed to this bucket opens again, anywhere. Both halves are gone."""
        self._private.destroy(f"{bucket.id}.key")
        self._public.destroy(f"{bucket.id}.pub")

    def _make(self, bucket: Bucket) -> Bucket:
        """The private half is kept before the public one: nothing is ever sealed to a key that was lost."""
        private, public = new_bucket()
        self._private.put(f"{bucket.id}.key", _PRIVATE, private)
        self._public.put(f"{bucket.id}.pub", _PUBLIC, public, replace=True)
        return bucket

    def _published(self, bucket: Bucket) -> Bucket:
        """Its public half is there too: a kill between the two halves would else stop every erasure of this purpose for good.

        Derived, never made anew: rows may be sealed to it already, where the public half was lost in another way.
        """
        if not self._public.has(f"{bucket.id}.pub"):
            self._public.put(f"{bucket.id}.pub", _PUBLIC, bucket_public(self.private(bucket)), replace=True)
        return bucket
