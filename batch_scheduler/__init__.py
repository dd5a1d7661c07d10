"""Turn a spreadsheet of posts, accounts and times into scheduled posts on Octospark."""

__version__ = "0.1.0"
