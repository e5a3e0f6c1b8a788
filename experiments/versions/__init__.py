"""Versions of a model, from runs of one's own: what rose and what fell along their lineage."""
