"""The overview's table of targets as a Vizro page, filtered by status with one click.

Run by `benchmarks.first_view` with gunicorn, in an environment of its own, with as many processes and
threads as Milepost has. As its documentation advises: a grid of AG Grid, and a filter of
boxes to tick: a click takes one status away, since its buttons for a single one know no "all".
"""

import os

import pandas as pd
import vizro.models as vm
from vizro import Vizro
from vizro.tables import dash_ag_grid

targets = pd.read_csv(os.environ["RIVAL_TABLE"])
# Its own defaults would show 20 rows and a pager.
every_row = {"paginationPageSize": 100, "domLayout": "autoHeight"}
page = vm.Page(
    title="Targets",
    components=[vm.Table(figure=dash_ag_grid(targets, dashGridOptions=every_row))],
    controls=[vm.Filter(column="status", selector=vm.Checklist())],
)
site = Vizro().build(vm.Dashboard(pages=[page])).dash.server
