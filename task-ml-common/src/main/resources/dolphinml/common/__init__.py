"""What every program of this bundle needs: its request, its report, its log, and the processes it started."""
