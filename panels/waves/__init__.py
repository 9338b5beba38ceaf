"""Waves of invitations: who may be drawn, the draws, the cells they fill, the forecast and the next proposal."""
