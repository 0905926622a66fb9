"""`slotgate up`: the processes of one installation and the embedded Redis."""
