"""The gateway: everything inbound passes here and is checked, admitted and routed to its tenant's bot."""
