"""Notebooks: JupyterLab on the tables of a local run, with a kernel that takes what Glue Interactive Sessions take."""
