"""The worst days: replicas as processes of their own, between wires that fail, judged from outside."""
