"""The demonstration: an invented trade lane from Ningbo to European doorsteps, and ten stories of single items."""
