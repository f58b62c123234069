"""The overview's table of targets as a Streamlit page, filtered by status with one click.

Run by `benchmarks.first_view` with `streamlit run`, in an environment of its own. As its documentation
advises: the file is read once and kept, and the table is a plain one, which is lighter than its grid.
"""

import os

import pandas as pd
import streamlit as st


@st.cache_data
def read(path: str) -> pd.DataFrame:
    """The table that the benchmark wrote from the snapshot."""
    return pd.read_csv(path)


targets = read(os.environ["RIVAL_TABLE"])
st.set_page_config(page_title="Targets", layout="wide")
st.title("Targets")
status = st.radio("status", ["all", *sorted(targets["status"].unique())], horizontal=True)
st.table(targets if status == "all" else targets[targets["status"] == status])
