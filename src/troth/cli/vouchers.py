"""`troth vouchers`: the voucher desk's work without the browser (P25, P26)."""

from __future__ import annotations

from typing import Annotated

import typer

from troth.cli.options import Home, Json, give
from troth.wiring.claims import voucher_desk
from troth.wiring.open import opened

app = typer.Typer(help="Vouchers: what came in, orders to the provider, what was sent.", no_args_is_help=True)
Order = Annotated[str, typer.Argument(help="The id of an order, from `troth vouchers list`.")]


@app.command("list")
def list_(home: Home, *, as_json: Json = False) -> None:
    """Counts by state, and the orders. No details: nobody needs to see them."""
    with opened(home, "vouchers") as work:
        desk = voucher_desk(work)
        counts = desk.box.counts()
        orders = [{"id": b.id, "state": b.state, "day": b.day, "count": b.count} for b in desk.box.batches()]
    lines = [f"{count} {state}" for state, count in counts.items()]
    lines += [f"order {order['id']}: {order['count']} {order['state']} since {order['day']}" for order in orders]
    give({"counts": counts, "orders": orders}, as_json=as_json, text="\n".join(lines))


@app.command()
def sort(
    home: Home,
    *,
    last: Annotated[bool, typer.Option("--last", help="After the collection: however few.")] = False,
    as_json: Json = False,
) -> None:
    """Sort what came in, in groups of at least k, so that no row lies in arrival order."""
    with opened(home, "vouchers", alone=True) as work:
        moved = voucher_desk(work).sort(last=last)
    give({"sorted": moved}, as_json=as_json, text=f"{moved} sorted")


@app.command()
def order(home: Home, *, as_json: Json = False) -> None:
    """Write one order file, encrypted to the provider, of all claims that wait. A killed order is finished, not repeated."""
    with opened(home, "vouchers", alone=True) as work:
        made = voucher_desk(work).order(work.clock.today())
    if made is None:
        give({"order": None, "count": 0}, as_json=as_json, text="nobody waits")
        return
    batch, path = made
    give({"order": batch.id, "count": batch.count, "file": str(path)}, as_json=as_json, text=f"{batch.count} in {path}")


@app.command()
def reissue(order_id: Order, home: Home, *, as_json: Json = False) -> None:
    """Write the same order file again. The rows carry the same references, so nobody gets a second voucher."""
    with opened(home, "vouchers", alone=True) as work:
        path = voucher_desk(work).reissue(order_id, work.clock.today())
    give({"order": order_id, "file": str(path)}, as_json=as_json, text=str(path))


@app.command()
def sent(order_id: Order, home: Home, *, as_json: Json = False) -> None:
    """The provider says that the order's vouchers went out: the months of P26 begin today."""
    with opened(home, "vouchers", alone=True) as work:
        count = voucher_desk(work).sent(order_id, work.clock.today())
    give({"order": order_id, "count": count}, as_json=as_json, text=f"{count} sent; their details die on their day")
